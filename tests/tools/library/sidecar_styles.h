#pragma once
// Sidecars in the styles of common photo programs: attributes and elements, one or several rdf:Description, lists, structures, qualifiers,
// packets and padding.
#include <string>
#include <vector>

namespace tagloom::test {

struct SidecarStyle {
  std::string name, text;
};

inline std::string with_line_ends(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return result;
}

// One rdf:Description, which is an empty element if there are no properties.
inline std::string xmpmeta(const std::string& toolkit, const std::string& attributes, const std::string& properties = "") {
  const std::string description = "  <rdf:Description rdf:about=\"\" " + attributes;
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"" + toolkit +
         "\">\n <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n" + description +
         (properties.empty() ? "/>" : ">\n   " + properties + "\n  </rdf:Description>") + "\n </rdf:RDF>\n</x:xmpmeta>";
}

// The same as a packet.
inline std::string packet(const std::string& toolkit, const std::string& attributes, const std::string& properties = "") {
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" + xmpmeta(toolkit, attributes, properties) +
         "\n<?xpacket end=\"w\"?>";
}

inline std::vector<SidecarStyle> sidecar_styles() {
  // clang-format off
  return {
      {"lightroom", xmpmeta("Adobe XMP Core 5.6",
             R"(xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmp:Rating="4" xmp:CreatorTool="Editor 9" tiff:Make="Canon" photoshop:DateCreated="2020-01-02T03:04:05" crs:Exposure2012="+0.35" crs:HasSettings="True")",
             R"(<dc:subject><rdf:Bag><rdf:li>Dog</rdf:li><rdf:li>Animals</rdf:li></rdf:Bag></dc:subject><lr:hierarchicalSubject><rdf:Bag><rdf:li>Animals|Dog</rdf:li></rdf:Bag></lr:hierarchicalSubject><xmpMM:History><rdf:Seq><rdf:li stEvt:action="derived" stEvt:parameters="converted to DNG"/><rdf:li stEvt:action="saved" stEvt:instanceID="xmp.iid:1" stEvt:when="2020-01-02T03:04:05+01:00" stEvt:softwareAgent="Editor 9" stEvt:changed="/metadata"/></rdf:Seq></xmpMM:History><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Evening &amp; sea</rdf:li></rdf:Alt></dc:title>)")},
      {"lightroom masks", xmpmeta("Adobe XMP Core 7.0",
             R"(xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Version="15.0")",
             R"(<crs:MaskGroupBasedCorrections><rdf:Seq><rdf:li><rdf:Description crs:What="Correction" crs:CorrectionActive="true"><crs:CorrectionMasks><rdf:Seq><rdf:li crs:What="Mask/Gradient" crs:ZeroX="0.1"/></rdf:Seq></crs:CorrectionMasks></rdf:Description></rdf:li></rdf:Seq></crs:MaskGroupBasedCorrections><crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq></crs:ToneCurvePV2012>)")},
      {"camera raw look", xmpmeta("Adobe XMP Core 7.0",
             R"(xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/")",
             R"(<crs:Look><rdf:Description crs:Name="Color"><crs:Parameters><rdf:Description crs:Version="15.0"><crs:LookTable>E1095149FDB39D7A057BAB208837E2E1</crs:LookTable></rdf:Description></crs:Parameters></rdf:Description></crs:Look>)")},
      {"darktable", xmpmeta("XMP Core 4.4.0-Exiv2",
             R"(xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:darktable="http://darktable.sf.net/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" exif:DateTimeOriginal="2020:01:02 03:04:05" xmp:Rating="-1" darktable:xmp_version="5" darktable:raw_params="0")",
             R"(<darktable:masks_history>
    <rdf:Seq/>
   </darktable:masks_history>
   <darktable:history>
    <rdf:Seq>
     <rdf:li
      darktable:num="0"
      darktable:operation="rawprepare"
      darktable:params="gz01eJxjYGBgYAFiCQ=="
      darktable:multi_name=""/>
     <rdf:li darktable:num="1" darktable:operation="flip" darktable:enabled="1"/>
    </rdf:Seq>
   </darktable:history>
   <dc:subject><rdf:Seq><rdf:li>darktable|format|jpg</rdf:li><rdf:li>sea</rdf:li></rdf:Seq></dc:subject><lr:hierarchicalSubject><rdf:Seq><rdf:li>places|sea</rdf:li></rdf:Seq></lr:hierarchicalSubject>)")},
      {"darktable old", xmpmeta("XMP Core 4.1.1-Exiv2",
             R"(xmlns:darktable="http://darktable.sf.net/" darktable:xmp_version="1")",
             R"(<darktable:history_operation><rdf:Seq><rdf:li>exposure</rdf:li><rdf:li>sharpen</rdf:li></rdf:Seq></darktable:history_operation><darktable:colorlabels><rdf:Seq><rdf:li>0</rdf:li><rdf:li>3</rdf:li></rdf:Seq></darktable:colorlabels>)")},
      {"digikam", packet("XMP Core 4.4.0-Exiv2",
             R"(xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/" xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/" xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmp:Rating="3" MicrosoftPhoto:Rating="50" photoshop:Urgency="0" acdsee:categories="&lt;Categories&gt;&lt;Category Assigned=&quot;1&quot;&gt;Dog&lt;/Category&gt;&lt;/Categories&gt;" digiKam:PickLabel="0")",
             R"(<digiKam:TagsList><rdf:Seq><rdf:li>Animals/Dog</rdf:li><rdf:li>People/Ann</rdf:li></rdf:Seq></digiKam:TagsList><MicrosoftPhoto:LastKeywordXMP><rdf:Bag><rdf:li>Animals/Dog</rdf:li></rdf:Bag></MicrosoftPhoto:LastKeywordXMP><lr:hierarchicalSubject><rdf:Bag><rdf:li>Animals|Dog</rdf:li><rdf:li>People|Ann</rdf:li></rdf:Bag></lr:hierarchicalSubject><mediapro:CatalogSets><rdf:Bag><rdf:li>Animals|Dog</rdf:li></rdf:Bag></mediapro:CatalogSets><dc:subject><rdf:Bag><rdf:li>Dog</rdf:li><rdf:li>Ann</rdf:li></rdf:Bag></dc:subject>)")},
      {"digikam faces", packet("XMP Core 4.4.0-Exiv2",
             R"(xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:MP="http://ns.microsoft.com/photo/1.2/" xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#")",
             R"(<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="4000" stDim:h="3000" stDim:unit="pixel"/><mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description mwg-rs:Name="Ann" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5" stArea:y="0.4" stArea:w="0.1" stArea:h="0.2" stArea:unit="normalized"/></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions><MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li MPReg:PersonDisplayName="Ann" MPReg:Rectangle="0.45, 0.3, 0.1, 0.2"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>)")},
      {"exiftool", R"xmp(<?xpacket begin="﻿" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Image::ExifTool 12.57">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about=''
  xmlns:dc='http://purl.org/dc/elements/1.1/'>
  <dc:subject>
   <rdf:Bag>
    <rdf:li>one</rdf:li>
    <rdf:li>two</rdf:li>
   </rdf:Bag>
  </dc:subject>
 </rdf:Description>
 <rdf:Description rdf:about=''
  xmlns:xmp='http://ns.adobe.com/xap/1.0/'>
  <xmp:Rating>5</xmp:Rating>
 </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
                                                                                                   
                                                                                                   
                                                                                                   
                                                                                                   
                                                                                                   
                                                                                                   
                                                                                                   
                                                                                                   

<?xpacket end="w"?>)xmp"},
      {"exiftool structures", packet("Image::ExifTool 12.57",
             R"(xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/")",
             R"(<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li rdf:parseType='Resource'><Iptc4xmpExt:City>Oslo</Iptc4xmpExt:City><Iptc4xmpExt:CountryCode>NO</Iptc4xmpExt:CountryCode></rdf:li></rdf:Bag></Iptc4xmpExt:LocationCreated>)")},
      {"capture one", packet("Adobe XMP Core 5.5",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/")",
             R"(<dc:subject><rdf:Bag><rdf:li>portrait</rdf:li></rdf:Bag></dc:subject><lr:hierarchicalSubject><rdf:Bag><rdf:li>studio|portrait</rdf:li></rdf:Bag></lr:hierarchicalSubject><xmp:Rating>2</xmp:Rating><xmp:Label>Yellow</xmp:Label><photoshop:Headline>Ann</photoshop:Headline><Iptc4xmpCore:CreatorContactInfo rdf:parseType="Resource"><Iptc4xmpCore:CiEmailWork>a@example.com</Iptc4xmpCore:CiEmailWork></Iptc4xmpCore:CreatorContactInfo>)")},
      {"capture one settings", xmpmeta("XMP Core 5.5.0",
             R"(xmlns:c1="http://www.phaseone.com/xmp/")",
             R"(<c1:Session>2020</c1:Session><c1:Variants><rdf:Seq><rdf:li rdf:parseType="Resource"><c1:Name>v1</c1:Name></rdf:li></rdf:Seq></c1:Variants>)")},
      {"bridge", packet("Adobe XMP Core 6.0",
             R"(xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmp:CreateDate="2020-01-02T03:04:05+01:00" xmp:MetadataDate="2021-01-02T03:04:05Z" photoshop:SidecarForExtension="CR2" photoshop:EmbeddedXMPDigest="" xmpMM:DocumentID="xmp.did:2" dc:format="image/x-canon-cr2" xmpRights:Marked="True")",
             R"(<xmpMM:DerivedFrom stRef:documentID="xmp.did:1" stRef:instanceID="xmp.iid:0"/><dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© 2020 A. Person</rdf:li></rdf:Alt></dc:rights><dc:creator><rdf:Seq><rdf:li>A. Person</rdf:li></rdf:Seq></dc:creator>)")},
      {"apple photos", R"xmp(<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 6.0.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject><rdf:Seq><rdf:li>Holiday</rdf:li></rdf:Seq></dc:subject><dc:description><rdf:Alt><rdf:li xml:lang="x-default">On the pier</rdf:li></rdf:Alt></dc:description>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
   <photoshop:DateCreated>2020-01-02T03:04:05+02:00</photoshop:DateCreated>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/">
   <exif:GPSLatitude>59.9</exif:GPSLatitude><exif:GPSLatitudeRef>N</exif:GPSLatitudeRef>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>)xmp"},
      {"apple adjustments", xmpmeta("XMP Core 6.0.0",
             R"(xmlns:aas="http://ns.apple.com/adjustment-settings/1.0/" xmlns:apple-fi="http://ns.apple.com/faceinfo/1.0/" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" aas:CropX="0")",
             R"(<apple-fi:AngleInfoRoll>270</apple-fi:AngleInfoRoll><mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Seq><rdf:li rdf:parseType="Resource"><mwg-rs:Type>Face</mwg-rs:Type></rdf:li></rdf:Seq></mwg-rs:RegionList></mwg-rs:Regions>)")},
      {"acdsee", packet("Public XMP Toolkit Core 3.5",
             R"(xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/")",
             R"(<acdsee:author>A. Person</acdsee:author><acdsee:keywords><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></acdsee:keywords><acdsee:rating>4</acdsee:rating><acdsee:tagged>True</acdsee:tagged><dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>)")},
      {"xnview", packet("XMP Core 4.4.0",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xn="http://xnview.example/ns/1.0/")",
             R"(<dc:subject><rdf:Bag><rdf:li>Places</rdf:li><rdf:li>Places/Oslo</rdf:li></rdf:Bag></dc:subject><xmp:Rating>1</xmp:Rating><xn:Categories>Oslo</xn:Categories>)")},
      {"picasa", packet("XMP Core 5.1.2",
             R"(xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:dc="http://purl.org/dc/elements/1.1/")",
             R"(<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions rdf:parseType="Resource"><stDim:w>912</stDim:w><stDim:h>687</stDim:h><stDim:unit>pixel</stDim:unit></mwg-rs:AppliedToDimensions><mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource"><mwg-rs:Type></mwg-rs:Type><mwg-rs:Name>Ann</mwg-rs:Name><mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.6</stArea:x><stArea:y>0.3</stArea:y></mwg-rs:Area></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>)")},
      {"on1", packet("XMP Core 5.6.0",
             R"(xmlns:on1="http://on1.com/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" on1:likeDislike="1")",
             R"(<dc:subject><rdf:Bag><rdf:li>sunset</rdf:li></rdf:Bag></dc:subject><xmp:Label>Red</xmp:Label>)")},
      {"rawtherapee", packet("XMP Core 4.4.0-Exiv2",
             R"(xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:rt="http://rawtherapee.example/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="5" rt:ColorLabel="2")")},
      {"photo mechanic", packet("XMP Core 4.1.1",
             R"(xmlns:pm="http://ns.camerabits.com/photomechanic/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" pm:Prefs="0:3:0:00" pm:PMVersion="PM5" photoshop:City="Oslo" Iptc4xmpCore:CountryCode="NO" xmp:Rating="0")",
             R"(<dc:subject><rdf:Bag><rdf:li>football</rdf:li><rdf:li>stadium</rdf:li></rdf:Bag></dc:subject><dc:creator><rdf:Seq><rdf:li>A. Person</rdf:li></rdf:Seq></dc:creator>)")},
      {"windows photo gallery", R"xmp(<?xpacket begin="﻿" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Microsoft Photo 1">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="uuid:faf5bdd5-ba3d-11da-ad31-d33d75182f1b" xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <MicrosoftPhoto:Rating>75</MicrosoftPhoto:Rating><MicrosoftPhoto:LastKeywordXMP><rdf:Bag><rdf:li>Travel/Oslo</rdf:li></rdf:Bag></MicrosoftPhoto:LastKeywordXMP><dc:subject><rdf:Bag><rdf:li>Travel/Oslo</rdf:li></rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>)xmp"},
      {"media pro", packet("iView MediaPro",
             R"(xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/")",
             R"(<mediapro:Event><rdf:Bag><rdf:li>Wedding</rdf:li></rdf:Bag></mediapro:Event><mediapro:People><rdf:Bag><rdf:li>Ann</rdf:li><rdf:li>Bob</rdf:li></rdf:Bag></mediapro:People><dc:subject><rdf:Bag><rdf:li>Ann</rdf:li></rdf:Bag></dc:subject>)")},
      {"mwg keywords", packet("Image::ExifTool 12.57",
             R"(xmlns:mwg-kw="http://www.metadataworkinggroup.com/schemas/keywords/" xmlns:dc="http://purl.org/dc/elements/1.1/")",
             R"(<mwg-kw:Keywords rdf:parseType="Resource"><mwg-kw:Hierarchy><rdf:Bag><rdf:li rdf:parseType="Resource"><mwg-kw:Keyword>Animals</mwg-kw:Keyword><mwg-kw:Children><rdf:Bag><rdf:li rdf:parseType="Resource"><mwg-kw:Keyword>Dog</mwg-kw:Keyword></rdf:li></rdf:Bag></mwg-kw:Children></rdf:li></rdf:Bag></mwg-kw:Hierarchy></mwg-kw:Keywords>)")},
      {"iptc extension", packet("XMP Core 5.5.0",
             R"(xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture")",
             R"(<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>A. Person</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage><plus:Licensor><rdf:Seq><rdf:li rdf:parseType="Resource"><plus:LicensorName>Agency</plus:LicensorName></rdf:li></rdf:Seq></plus:Licensor>)")},
      {"languages", packet("XMP Core 5.5.0",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/")",
             R"(<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sea</rdf:li><rdf:li xml:lang="de-DE">Meer</rdf:li><rdf:li xml:lang="ja">海</rdf:li></rdf:Alt></dc:title>)")},
      {"qualifiers", packet("XMP Core 5.5.0",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pm="http://ns.camerabits.com/photomechanic/1.0/")",
             R"(<dc:source rdf:parseType="Resource"><rdf:value>archive</rdf:value><pm:Prefs>7</pm:Prefs></dc:source><dc:subject><rdf:Bag><rdf:li xml:lang="en">sea</rdf:li><rdf:li rdf:parseType="Resource"><rdf:value>pier</rdf:value><pm:Prefs>1</pm:Prefs></rdf:li></rdf:Bag></dc:subject>)")},
      {"google camera", packet("Adobe XMP Core 5.1.0-jc003",
             R"(xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" GCamera:MicroVideoOffset="2107172")")},
      {"panorama", packet("Adobe XMP Core 5.1.0-jc003",
             R"(xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" GPano:ProjectionType="equirectangular" GPano:FullPanoWidthPixels="8192")",
             R"(<GPano:UsePanoramaViewer>True</GPano:UsePanoramaViewer>)")},
      {"video", packet("Adobe XMP Core 6.0",
             R"(xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/")",
             R"(<xmpDM:videoFrameSize rdf:parseType="Resource"><xmpDM:scene>1</xmpDM:scene></xmpDM:videoFrameSize><xmpDM:tapeName>7</xmpDM:tapeName>)")},
      {"exif 2.31", packet("XMP Core 5.5.0",
             R"(xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:exifEX="http://cipa.jp/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" aux:Lens="EF50mm f/1.8" exifEX:LensModel="EF50mm f/1.8 II")",
             R"(<exif:ISOSpeedRatings><rdf:Seq><rdf:li>200</rdf:li></rdf:Seq></exif:ISOSpeedRatings><exif:Flash rdf:parseType="Resource"><exif:Fired>False</exif:Fired><exif:Mode>2</exif:Mode></exif:Flash>)")},
      {"geeqie", xmpmeta("XMP Core 4.4.0-Exiv2",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:geeqie="http://geeqie.example/1/")",
             R"(<dc:subject><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></dc:subject><geeqie:Mark1>1</geeqie:Mark1>)")},
      {"shotwell", packet("XMP Core 4.4.0-Exiv2",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:shotwell="http://shotwell.example/1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="2")",
             R"(<dc:subject><rdf:Bag><rdf:li>Family</rdf:li></rdf:Bag></dc:subject><shotwell:Event>Trip</shotwell:Event>)")},
      {"photolab", packet("XMP Core 5.5.0",
             R"(xmlns:dxo="http://ns.dxo.com/photolab/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" dxo:PickStatus="1")",
             R"(<dc:subject><rdf:Bag><rdf:li>été</rdf:li><rdf:li>r&#233;sum&#xE9;</rdf:li><rdf:li><![CDATA[R&B]]></rdf:li></rdf:Bag></dc:subject><lr:hierarchicalSubject><rdf:Bag><rdf:li>Saison|été</rdf:li></rdf:Bag></lr:hierarchicalSubject>)")},
      {"excire", packet("XMP Core 5.5.0",
             R"(xmlns:excire="http://excire.example/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/")",
             R"(<dc:subject><rdf:Bag><rdf:li>AI</rdf:li><rdf:li>dog</rdf:li></rdf:Bag></dc:subject><excire:Score>0.75</excire:Score><!-- written by a catalogue -->)")},
      {"empty lists", packet("XMP Core 5.5.0",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/")",
             R"(<dc:subject><rdf:Bag/></dc:subject><dc:creator><rdf:Seq/></dc:creator><xmp:Identifier><rdf:Bag><rdf:li/></rdf:Bag></xmp:Identifier>)")},
      {"subject as attribute", packet("Own",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" dc:subject="sea" xmp:Rating="3")")},
      {"other prefixes", xmpmeta("Own",
             R"(xmlns:ns0="http://purl.org/dc/elements/1.1/" xmlns:a="http://ns.adobe.com/xap/1.0/" a:Rating="3")",
             R"(<ns0:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></ns0:subject>)")},
      {"without xmpmeta", R"xmp(<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3">
   <dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
  </rdf:Description>
</rdf:RDF>
)xmp"},
      {"xapmeta",
       R"xmp(<x:xapmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject><dc:format>image/jpeg</dc:format></rdf:Description></rdf:RDF></x:xapmeta>)xmp"},
      {"line ends", with_line_ends(packet("Own",
             R"(xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/")",
             R"(<dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject><xmp:Nickname>a&#xA;b&#9;c</xmp:Nickname>)"))},
      {"nested lists", packet("Own",
             R"(xmlns:excire="http://excire.example/1.0/")",
             R"(<excire:Rows><rdf:Seq><rdf:li><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></rdf:li><rdf:li><rdf:Bag><rdf:li>c</rdf:li></rdf:Bag></rdf:li></rdf:Seq></excire:Rows>)")},
      {"resource", packet("Own",
             R"(xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:dc="http://purl.org/dc/elements/1.1/")",
             R"(<xmpRights:WebStatement rdf:resource="http://example.com/rights"/><dc:relation><rdf:Bag><rdf:li rdf:resource="http://example.com/a"/></rdf:Bag></dc:relation>)")},
  };
  // clang-format on
}

}  // namespace tagloom::test
